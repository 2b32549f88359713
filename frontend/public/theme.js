// Sets the theme before the first paint; src/app/theme.ts changes it later.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("busbar.theme");
  } catch {
    /* storage may be refused */
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
