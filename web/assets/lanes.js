// Names of the lanes at the left edge, for as long as the diagram's own names are out of view.
const LETTER = 13;
const GAP = 4;

// The height a name needs, in pixels: written downwards in two columns, or as one line across.
function heightDown(name) {
  return Math.ceil(name.length / 2) * LETTER + GAP;
}

const HEIGHT_ACROSS = LETTER + GAP;

function row(lane) {
  const element = document.createElement("div");
  element.className = "diagram-lane";
  return { lane, name: lane.businessObject.name || "", element };
}

export function labelLanes(place, viewer) {
  const rows = viewer
    .get("elementRegistry")
    .filter((element) => element.type === "bpmn:Lane")
    .map(row);
  if (!rows.length) {
    return;
  }
  const column = document.createElement("div");
  column.className = "diagram-lanes";
  // The lane of every step is said in words elsewhere; a second set of names helps no listener.
  column.setAttribute("aria-hidden", "true");
  column.append(...rows.map(({ element }) => element));
  place.append(column);

  const start = Math.min(...rows.map(({ lane }) => lane.x));
  const follow = () => {
    const { x, y, scale, outer } = viewer.get("canvas").viewbox();
    column.hidden = start >= x;
    const across = rows.some(({ lane, name }) => lane.height * scale < heightDown(name));
    column.classList.toggle("is-across", across);
    for (const { lane, name, element } of rows) {
      // Only the part in view is labelled, so that the name is in view too; no name is cut.
      const top = Math.max(0, (lane.y - y) * scale);
      const height = Math.min(outer.height, (lane.y + lane.height - y) * scale) - top;
      const fits = height >= (across ? HEIGHT_ACROSS : heightDown(name));
      element.hidden = height <= 0;
      element.textContent = fits ? name : "";
      element.style.top = `${top}px`;
      element.style.height = `${Math.max(0, height)}px`;
    }
  };
  viewer.on("canvas.viewbox.changed", follow);
  follow();
}
