// The light and dark switch: changes at once, and tells the server by cookie and other tabs by storage.
import { listening } from "./modules.js";

const YEAR = 365 * 24 * 3600;

export function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** @param {string} theme */
function show(theme) {
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("theme", { detail: theme }));
}

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    listening(form, "submit", (event) => {
      event.preventDefault();
      const theme = currentTheme() === "dark" ? "light" : "dark";
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
      localStorage.setItem("theme", theme);
      show(theme);
    }),
    listening(window, "storage", (event) => {
      if (event.key === "theme" && event.newValue) show(event.newValue);
    }),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}
