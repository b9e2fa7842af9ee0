// Chooses between dark and light before the first paint: what was chosen here, else what the system prefers.
(function () {
  "use strict";
  let chosen = null;
  try {
    chosen = localStorage.getItem("reeldex.theme");
  } catch {
    // Storage may be forbidden; the system's preference holds.
  }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
