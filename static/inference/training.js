// The page of a training, and of a model that one made: the loss curve, and the job until it ends.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import * as lossCurve from "./loss_curve.js";

startModules(document, { job, "loss-curve": lossCurve });
// The scores and the model are the server's to show.
document.addEventListener("job:finished", () => location.reload());
document.addEventListener("job:started", () => location.reload());
