import { once } from "./once.js";

// 常用语: a click adds the phrase to the opinion at the place of the cursor.
const startChips = once((chips) => {
  chips.addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) {
      return;
    }
    const field = document.getElementById(chips.dataset.phrases);
    field.setRangeText(chip.textContent.trim(), field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
});

export function startPhrases(root) {
  root.querySelectorAll("[data-phrases]").forEach(startChips);
}
