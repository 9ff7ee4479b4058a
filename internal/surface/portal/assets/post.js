// Sends the form of a page that only leads on to another site.
"use strict";

document.querySelector("form[data-post]")?.submit();
