// The page of a dataset's texts: what runs, what waits for a decision, and the form that starts more.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { refreshing } from "../components/refreshing.js";
import * as textClassify from "../components/text_classify.js";
import * as textReview from "../components/text_review.js";

startModules(document, { "text-classify": textClassify });
refreshing(["activity", "review"], { job, "text-review": textReview });
