// Pages with a class editor.
import * as classRows from "../components/class_rows.js";
import { startModules } from "../components/modules.js";

startModules(document, { "class-rows": classRows });
