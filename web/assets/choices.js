// A search box above long lists of choices; filtering never changes what is chosen.
export function startChoices(root) {
  for (const list of root.querySelectorAll("[data-choices]:not([data-started])")) {
    list.dataset.started = "true";
    const box = list.querySelector("[data-choices-search]");
    const items = [...list.querySelectorAll("[data-choice]")];
    const count = list.querySelector("[data-choices-count]");
    const report = () => {
      const chosen = items.filter((item) => item.querySelector("input").checked).length;
      count.textContent = `已选 ${chosen} 人/项，共 ${items.length} 项`;
    };
    box.addEventListener("input", (event) => {
      event.stopPropagation();
      const wanted = box.value.trim().toLowerCase();
      for (const item of items) {
        const matches = item.textContent.toLowerCase().includes(wanted);
        item.hidden = !matches && !item.querySelector("input").checked;
      }
    });
    box.addEventListener("change", (event) => event.stopPropagation());
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
      }
    });
    list.addEventListener("change", report);
    report();
  }
}
