// The page of models: uploads, the catalogue and its running installations.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import * as catalog from "./catalog.js";
import * as upload from "./upload.js";

startModules(document, { catalog, job, "model-upload": upload });

document.addEventListener("job:finished", (event) => {
  const { state, error } = /** @type {CustomEvent} */ (event).detail;
  if (state === "failed") toast(error?.detail ?? "The installation failed.", { kind: "bad" });
  else location.reload();
});
