// Everything here only adds comfort: each page works without it.
import "htmx.org";

import { startChoices } from "./choices.js";
import { startDiagrams } from "./diagrams.js";
import { startPhrases } from "./phrases.js";
import { startUploads } from "./uploads.js";

document.documentElement.classList.add("js");

function start(root) {
  startChoices(root);
  startPhrases(root);
  startUploads(root);
  startDiagrams(root);
}

start(document);
document.addEventListener("htmx:after:swap", () => start(document));
