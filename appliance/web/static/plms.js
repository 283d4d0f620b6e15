// Everything works without this file; it only saves a tap or a reload.
"use strict";

// A live page: fetch it again and swap the parts that changed.
(function () {
  const live = document.querySelector("[data-live-s]");
  if (!live) { return; }
  let held = false; // a button that is swapped away under the finger would swallow the tap
  document.addEventListener("pointerdown", function () { held = true; });
  ["pointerup", "pointercancel"].forEach(function (name) {
    document.addEventListener(name, function () { held = false; });
  });
  const busy = function () { return held || live.contains(document.activeElement); };
  const from = live.dataset.liveFrom || location.href; // not the address of a refused form
  let asked = null;
  const buzz = function () { // a question is felt in the hand, once
    const asks = live.querySelector("[data-asks]");
    const minute = asks && asks.dataset.asks;
    const may = navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive;
    if (minute && minute !== asked && may) { navigator.vibrate(150); }
    asked = minute || asked;
  };
  buzz();
  const again = async function () {
    if (document.visibilityState === "visible" && !busy()) {
      try {
        const answer = await fetch(from, { headers: { Accept: "text/html" } });
        if (answer.redirected || !answer.ok) { location.replace(from); return; }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-live-s]");
        if (fresh && !busy()) { live.replaceChildren(...fresh.childNodes); buzz(); }
      } catch (error) { /* out of reach for a moment: try again */ }
    }
    setTimeout(again, 1000 * Number(live.dataset.liveS));
  };
  setTimeout(again, 1000 * Number(live.dataset.liveS));
})();

// A share link carries its code behind the #, where no server and no log sees it.
(function () {
  const field = document.querySelector("input[data-from-hash]");
  if (field && location.hash.length > 1) {
    field.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
})();

// A slider says its number.
document.querySelectorAll("input[type=range][data-out]").forEach(function (slider) {
  const out = document.getElementById(slider.dataset.out);
  slider.addEventListener("input", function () { out.textContent = slider.value; });
});

// Print button, shown only where it can work.
document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});
