// Adding or editing a source.
import { startModules } from "../components/modules.js";
import * as sourceForm from "../components/source_form.js";

startModules(document, { "source-form": sourceForm });
