// What is wrong with the page's accessibility, in sentences: names, roles, live regions, keyboard, contrast (WCAG 2.2 AA).
(() => {
  const complaints = [];
  const visible = [...document.querySelectorAll("body *")].filter(element => element.checkVisibility());
  const complain = (element, what) => complaints.push(`${element.tagName.toLowerCase()}#${element.id}: ${what}`);

  const channels = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = colour => {
    const [red, green, blue] = channels(colour).map(value => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = element => {
    const colour = getComputedStyle(element).backgroundColor;
    return (channels(colour)[3] ?? 1) === 0 && element.parentElement ? ground(element.parentElement) : colour;
  };
  const contrast = element => {
    const [light, dark] = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const named = element =>
    element.ariaLabel || element.labels?.length || element.textContent.trim() || element.getAttribute("aria-labelledby");

  for (const element of visible) {
    const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (words && contrast(element) < 4.5) complain(element, `contrast ${contrast(element).toFixed(2)}`);
  }
  for (const element of visible.filter(element => element.matches("button, input, meter, [role=group], form, section"))) {
    if (!named(element)) complain(element, "has no name");
  }
  for (const element of visible.filter(element => element.matches("button, input"))) {
    if (element.tabIndex < 0) complain(element, "the keyboard does not reach it");
    const {height, width} = element.getBoundingClientRect();
    if (element.type !== "checkbox" && (height < 24 || width < 24)) complain(element, "is too small a target");
    element.focus();
    if (document.activeElement !== element) complain(element, "takes no focus");
    else if (!element.matches(":focus-visible") && element.matches("input")) complain(element, "shows no focus");
  }
  if (!document.documentElement.lang) complaints.push("the page names no language");
  if (document.querySelectorAll("h1").length !== 1) complaints.push("one first heading is needed");
  if (!document.querySelector("main")) complaints.push("there is no main landmark");
  if (!document.querySelector("#status[aria-live=polite]")) complaints.push("changes of the status are not told");
  if (!document.querySelector("#error[role=alert]")) complaints.push("errors are not told");
  return complaints;
})();
