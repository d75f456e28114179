import { once } from "./once.js";

// A search box above long lists of choices; filtering never changes what is chosen.
const startList = once((list) => {
  const box = list.querySelector("[data-choices-search]");
  const items = () => [...list.querySelectorAll("[data-choice]")];
  const refresh = () => {
    const wanted = box.value.trim().toLowerCase();
    let chosen = 0;
    for (const item of items()) {
      const { checked } = item.querySelector("input");
      chosen += checked ? 1 : 0;
      item.hidden = !checked && !item.textContent.toLowerCase().includes(wanted);
    }
    list.querySelector("[data-choices-count]").textContent =
      `已选 ${chosen} 项，共 ${items().length} 项`;
  };
  // The search box is no part of the form: its events must not save or re-render anything.
  box.addEventListener("change", (event) => event.stopPropagation());
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    refresh();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
    }
  });
  const choose = (checked) => () => {
    for (const item of items().filter((one) => !one.hidden)) {
      item.querySelector("input").checked = checked;
    }
    list.dispatchEvent(new Event("change", { bubbles: true }));
    list.dispatchEvent(new Event("input", { bubbles: true }));
  };
  list.querySelector("[data-choices-all]").addEventListener("click", choose(true));
  list.querySelector("[data-choices-none]").addEventListener("click", choose(false));
  list.addEventListener("change", refresh);
  refresh();
  return refresh;
});

export function startChoices(root) {
  root.querySelectorAll("[data-choices]").forEach(startList);
}
