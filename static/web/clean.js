// The page that cleans a dataset: rules, the check that runs, and what it found.
import * as cleanReview from "../components/clean_review.js";
import * as cleanRules from "../components/clean_rules.js";
import * as compare from "../components/compare.js";
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { refreshing } from "../components/refreshing.js";

startModules(document, { "clean-rules": cleanRules, compare });
refreshing(["activity", "review"], { job, "clean-review": cleanReview });
