// The archive of a dataset.
import * as archivePicks from "../components/archive_picks.js";
import * as job from "../components/job.js";
import { refreshing } from "../components/refreshing.js";

refreshing(["activity", "review"], { job, "archive-picks": archivePicks });
