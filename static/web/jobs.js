// Pages that show jobs: each follows its own, and the page reloads what a finished one changed.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";

startModules(document, { job });
document.addEventListener("job:finished", () => location.reload());
