// The bpmn-js viewer with our marks: what is done, where the case is, notes on nodes.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { labelLanes } from "./lanes.js";

const FONT = '"Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif';
// Below this scale Hanzi of 13 px cannot be read: show a part instead of the whole.
const READABLE = 0.85;
// Several current nodes are worth a smaller scale, down to this one.
const TOGETHER = 0.6;
// Pixels kept free: for buttons above, the mark of bpmn.io below, names of lanes at the left.
const EDGE = { top: 52, right: 12, bottom: 44, left: 48 };

function words(text) {
  return text ? text.split(" ") : [];
}

function note(text) {
  const box = document.createElement("div");
  box.className = "diagram-note";
  box.textContent = text;
  return box;
}

// The smallest rectangle around rectangles.
function around(...boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - y;
  return { x, y, width, height };
}

// The rectangle around the largest group of nodes that can be seen together.
function mostTogether(nodes, scaleFor) {
  const groups = nodes.map((seed) =>
    nodes.reduce(
      (group, node) => {
        const box = around(group.box, node);
        return scaleFor(box) >= TOGETHER ? { box, count: group.count + 1 } : group;
      },
      { box: around(seed), count: 0 },
    ),
  );
  return groups.reduce((best, group) => (group.count > best.count ? group : best)).box;
}

// Fits the diagram into its place; too large a one is shown from its left end, or from as many of
// the `active` nodes as can be seen together.
function fit(viewer, active) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() >= READABLE) {
    return;
  }
  const { inner, outer } = canvas.viewbox();
  const room = {
    width: outer.width - EDGE.left - EDGE.right,
    height: outer.height - EDGE.top - EDGE.bottom,
  };
  const scaleFor = (box) => Math.min(READABLE, room.width / box.width, room.height / box.height);
  const nodes = active.map((id) => viewer.get("elementRegistry").get(id)).filter(Boolean);
  const whole = { ...inner, width: room.width / READABLE };
  const box = nodes.length ? mostTogether(nodes, scaleFor) : whole;
  const scale = nodes.length ? scaleFor(box) : READABLE;
  canvas.viewbox({
    x: box.x + box.width / 2 - (EDGE.left + room.width / 2) / scale,
    y: box.y + box.height / 2 - (EDGE.top + room.height / 2) / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
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
  const failed = words(place.dataset.failed);
  const movable = words(place.dataset.movable);
  const blocked = words(place.dataset.blocked);
  const active = [...failed, ...words(place.dataset.active), ...blocked, ...movable];
  const mark = (id, name) => registry.get(id) && canvas.addMarker(id, name);
  words(place.dataset.completed).forEach((id) => mark(id, "is-completed"));
  words(place.dataset.active).forEach((id) => mark(id, "is-active"));
  failed.forEach((id) => mark(id, "is-failed"));
  movable.forEach((id) => mark(id, "is-movable"));
  blocked.forEach((id) => mark(id, "is-blocked"));
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
  labelLanes(place, viewer);
  fit(viewer, active);
}
