// The page of one model: a look at a photo of one's own.
import { startModules } from "../components/modules.js";
import * as trial from "./trial.js";

startModules(document, { trial });
