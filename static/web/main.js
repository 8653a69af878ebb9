// What every page runs.
import * as bell from "../components/bell.js";
import * as confirm from "../components/confirm.js";
import * as copy from "../components/copy.js";
import * as dialog from "../components/dialog.js";
import * as menu from "../components/menu.js";
import { startModules } from "../components/modules.js";
import * as theme from "../components/theme.js";
import * as toasts from "../components/toasts.js";

confirm.start(document);
startModules(document, { bell, copy, dialog, menu, theme, toasts });
