// The start page: the tour, and the jobs that run now.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import * as tour from "../components/tour.js";

startModules(document, { job, tour });
document.addEventListener("job:finished", () => location.reload());
