import { once } from "./once.js";

// Files are stored as soon as they are chosen; the form then carries their numbers.  Without this
// script the browser sends the files together with the form.
function row(template, file) {
  const item = template.content.firstElementChild.cloneNode(true);
  const input = item.querySelector("input");
  const label = item.querySelector("label");
  input.value = file.id;
  input.id = `${input.id}-${file.id}`;
  label.htmlFor = input.id;
  label.textContent = file.name;
  item.querySelector("[data-size]").textContent = file.size;
  return item;
}

class Refused extends Error {}

async function store(file, url, token) {
  const body = new FormData();
  body.append("file", file);
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  const response = await fetch(url, { method: "POST", body, headers });
  const answer = await response.json();
  if (!response.ok) {
    const reasons = Object.values(answer.errors ?? {});
    throw new Refused(`${file.name}：${reasons.join("") || answer.message + answer.remedy}`);
  }
  return answer;
}

const startPicker = once((picker) => {
  const input = picker.querySelector("input[type=file]");
  input.addEventListener("change", async (event) => {
    event.stopPropagation();
    const find = (name) => picker.querySelector(`[data-upload-${name}]`);
    const say = (text) => {
      find("state").textContent = text;
    };
    const files = [...input.files];
    const token = input.form.elements.csrf_token.value;
    try {
      for (const [index, file] of files.entries()) {
        say(`正在上传 ${index + 1}/${files.length}：${file.name}`);
        const stored = await store(file, picker.dataset.upload, token);
        if (!input.multiple) {
          find("list").replaceChildren();
        }
        find("list").append(row(picker.querySelector("template"), stored));
      }
      say(`已上传 ${files.length} 个文件`);
    } catch (error) {
      say(
        error instanceof Refused
          ? error.message
          : "文件没有上传，可能是网络不通或者登录已过期。请检查后重新选择文件。",
      );
    }
    input.value = "";
    input.form.dispatchEvent(new Event("input", { bubbles: true }));
  });
});

export function startUploads(root) {
  root.querySelectorAll("[data-upload]").forEach(startPicker);
}
