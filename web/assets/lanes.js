// Names of the lanes at the left edge, for as long as the diagram's own names are out of view.
function label(lane) {
  const element = document.createElement("div");
  element.className = "diagram-lane";
  element.textContent = lane.businessObject.name || "";
  return element;
}

export function labelLanes(place, viewer) {
  const lanes = viewer.get("elementRegistry").filter((e) => e.type === "bpmn:Lane");
  if (!lanes.length) {
    return;
  }
  const column = document.createElement("div");
  column.className = "diagram-lanes";
  // The lane of every step is said in words elsewhere; a second set of names helps no listener.
  column.setAttribute("aria-hidden", "true");
  const rows = lanes.map((lane) => [lane, label(lane)]);
  column.append(...rows.map(([, element]) => element));
  place.append(column);

  const start = Math.min(...lanes.map((lane) => lane.x));
  const follow = () => {
    const { x, y, scale, outer } = viewer.get("canvas").viewbox();
    column.hidden = start >= x;
    for (const [lane, element] of rows) {
      // Only the part of the lane in view is labelled, so that its name stays in view as well.
      const top = Math.max(0, (lane.y - y) * scale);
      const bottom = Math.min(outer.height, (lane.y + lane.height - y) * scale);
      element.hidden = bottom <= top;
      element.style.top = `${top}px`;
      element.style.height = `${Math.max(0, bottom - top)}px`;
    }
  };
  viewer.on("canvas.viewbox.changed", follow);
  follow();
}
