// Asks for the first results while the rest of the page is still loading; api.js takes up the answer.
(function () {
  "use strict";
  const wanted = new URLSearchParams(location.search);
  if (wanted.has("moment") || wanted.has("asset") || wanted.has("view")) return;
  const fields = new URLSearchParams();
  for (const name of ["q", "weak", "kind", "collection", "lang", "tag", "after", "before"]) if (wanted.get(name)) fields.set(name, wanted.get(name));
  const asksNothing = ![...fields.keys()].some((name) => name !== "weak");
  const path = asksNothing ? "/assets?limit=24" : `/search?${fields}&limit=24&facets=true`;
  const response = fetch(path, { credentials: "same-origin" });
  // Whoever takes it up hears of a failure.
  response.catch(() => {});
  window.firstAnswer = { path, response };
})();
