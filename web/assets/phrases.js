// 常用语: a click adds the phrase to the opinion at the place of the cursor.
export function startPhrases(root) {
  for (const chips of root.querySelectorAll("[data-phrases]:not([data-started])")) {
    chips.dataset.started = "true";
    const field = document.getElementById(chips.dataset.phrases);
    chips.addEventListener("click", (event) => {
      const chip = event.target.closest("button");
      if (!chip) {
        return;
      }
      field.setRangeText(chip.textContent.trim(), field.selectionStart, field.selectionEnd, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}
