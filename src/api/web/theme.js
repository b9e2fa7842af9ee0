// Chooses between dark and light before the first paint: what was chosen here, else what the system prefers.
(function () {
  "use strict";
  const light = matchMedia("(prefers-color-scheme: light)");
  const root = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem("reeldex.theme");
  } catch {
    // Storage may be forbidden; the system's preference holds.
  }
  const follow = () => {
    root.dataset.theme = light.matches ? "light" : "dark";
    dispatchEvent(new Event("themechange"));
  };
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  else {
    follow();
    light.addEventListener("change", follow);
  }
})();
