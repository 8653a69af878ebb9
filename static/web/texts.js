// The page of a dataset's texts: what runs, what waits for a decision, and the form that starts more.
import * as classifyForm from "../components/classify_form.js";
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { refreshing } from "../components/refreshing.js";
import * as textReview from "../components/text_review.js";

startModules(document, { "classify-form": classifyForm });
refreshing(["activity", "review"], { job, "text-review": textReview });
