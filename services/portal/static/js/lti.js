// What a launch gains where JavaScript runs: nothing has to be pressed on the way back to the LMS.
"use strict";

const back = document.querySelector("form[data-send]");
if (back) back.submit();

// The LMS that opened the registration closes it. The message says nothing, so anybody may hear it.
if (document.querySelector("[data-close]")) {
  (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
}
