// The page of an import: its job moves while one looks, and what came of it appears when it ends.
import * as job from "../components/job.js";
import { refreshing } from "../components/refreshing.js";

refreshing(["import"], { job });
