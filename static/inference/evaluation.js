// The page of an evaluation: its job until it ends; the numbers are the server's to show.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";

startModules(document, { job });
document.addEventListener("job:finished", () => location.reload());
document.addEventListener("job:started", () => location.reload());
