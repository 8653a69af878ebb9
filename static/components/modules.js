// Starts what the page asks for: <form data-module="upload"> gets start(form) of the module "upload".

/** @typedef {{start: (element: any) => {stop(): void}}} Module */

/**
 * Start the modules named in `data-module` inside `root`; the result stops them all.
 * @param {ParentNode} root
 * @param {Record<string, Module>} modules
 */
export function startModules(root, modules) {
  /** @type {{stop(): void}[]} */
  const running = [];
  const found = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) found.unshift(root);
  for (const element of found) {
    const module = modules[element.getAttribute("data-module") ?? ""];
    if (module) running.push(module.start(element));
  }
  return { stop: () => running.forEach((started) => started.stop()) };
}

/**
 * Listen to one event of one element; stop() ends it.
 * @param {EventTarget} target
 * @param {string} name
 * @param {(event: any) => void} listener
 */
export function listening(target, name, listener) {
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}
