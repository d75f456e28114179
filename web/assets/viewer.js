// The bpmn-js viewer with our marks: what is done, where the case is, notes on nodes.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const FONT = '"Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif';
// Below this scale Hanzi of 13 px cannot be read: show a part instead of the whole.
const READABLE = 0.85;

function words(text) {
  return text ? text.split(" ") : [];
}

function note(text) {
  const box = document.createElement("div");
  box.className = "diagram-note";
  box.textContent = text;
  return box;
}

// Fits the diagram into its place; too large a one is shown from `active`, or from its left end.
function fit(viewer, active) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() >= READABLE) {
    return;
  }
  const current = active.map((id) => viewer.get("elementRegistry").get(id)).find(Boolean);
  canvas.zoom(READABLE);
  const { inner, width, height } = canvas.viewbox();
  const x = current ? current.x + current.width / 2 : inner.x + width / 2 - 10;
  const y = current ? current.y + current.height / 2 : inner.y + inner.height / 2;
  canvas.viewbox({ x: x - width / 2, y: y - height / 2, width, height });
}

function button(text, action) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "btn btn-sm";
  element.textContent = text;
  element.addEventListener("click", action);
  return element;
}

export async function openDiagram(place, xml) {
  place.replaceChildren();
  const viewer = new NavigatedViewer({
    container: place,
    textRenderer: {
      defaultStyle: { fontFamily: FONT, fontSize: 13 },
      externalStyle: { fontFamily: FONT, fontSize: 13 },
    },
    // The page scrolls with the wheel; zooming is left to the buttons and to Ctrl + wheel.
    zoomScroll: { enabled: false },
  });
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const active = words(place.dataset.active);
  const mark = (id, name) => registry.get(id) && canvas.addMarker(id, name);
  words(place.dataset.completed).forEach((id) => mark(id, "is-completed"));
  active.forEach((id) => mark(id, "is-active"));
  for (const [id, text] of Object.entries(JSON.parse(place.dataset.notes || "{}"))) {
    if (registry.get(id)) {
      viewer.get("overlays").add(id, { position: { bottom: -3, left: 0 }, html: note(text) });
    }
  }
  const tools = document.createElement("div");
  tools.className = "diagram-tools";
  const zoom = (step) => () => viewer.get("zoomScroll").stepZoom(step);
  tools.append(
    button("放大", zoom(2)),
    button("缩小", zoom(-2)),
    button("全图", () => canvas.zoom("fit-viewport", "auto")),
  );
  if (active.length) {
    tools.append(button("当前环节", () => fit(viewer, active)));
  } else {
    tools.append(button("从头看", () => fit(viewer, active)));
  }
  place.append(tools);
  fit(viewer, active);
}
