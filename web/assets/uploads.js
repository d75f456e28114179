// Files are stored as soon as they are chosen; the form then carries their numbers.  Without this
// script the browser sends the files together with the form.
function row(template, file) {
  const item = template.content.firstElementChild.cloneNode(true);
  const input = item.querySelector("input");
  input.value = file.id;
  input.id = `${input.id}-${file.id}`;
  const label = item.querySelector("label");
  label.htmlFor = input.id;
  label.textContent = file.name;
  item.querySelector("[data-size]").textContent = file.size;
  return item;
}

async function store(file, url, token) {
  const body = new FormData();
  body.append("file", file);
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": token, Accept: "application/json" },
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(`${file.name}：${answer.message}${answer.remedy}`);
  }
  return answer;
}

export function startUploads(root) {
  for (const picker of root.querySelectorAll("[data-upload]:not([data-started])")) {
    picker.dataset.started = "true";
    const input = picker.querySelector("input[type=file]");
    const list = picker.querySelector("[data-upload-list]");
    const state = picker.querySelector("[data-upload-state]");
    const template = picker.querySelector("template");
    input.addEventListener("change", async (event) => {
      event.stopPropagation();
      const files = [...input.files];
      const token = input.form.elements.csrf_token.value;
      try {
        for (const [index, file] of files.entries()) {
          state.textContent = `正在上传 ${index + 1}/${files.length}：${file.name}`;
          const stored = await store(file, picker.dataset.upload, token);
          if (!input.multiple) {
            list.replaceChildren();
          }
          list.append(row(template, stored));
        }
        state.textContent = files.length ? `已上传 ${files.length} 个文件` : "";
      } catch (error) {
        state.textContent =
          error instanceof TypeError || error instanceof SyntaxError
            ? "网络不通，文件没有上传。请检查网络后重新选择文件。"
            : error.message;
      }
      input.value = "";
      input.form.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}
