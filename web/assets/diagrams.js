import { once } from "./once.js";

// Shows a diagram when its place becomes visible; the viewer is loaded only then.
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      observer.unobserve(entry.target);
      show(entry.target);
    }
  }
});

async function show(place) {
  try {
    const [{ openDiagram }, response] = await Promise.all([
      import("./viewer.js"),
      fetch(place.dataset.diagram),
    ]);
    if (!response.ok) {
      throw new Error(response.statusText);
    }
    await openDiagram(place, await response.text());
    place.dataset.state = "ready";
  } catch {
    place.dataset.state = "failed";
    place.textContent = "流程图暂时无法显示，请刷新页面重试。下方文字列出了当前环节。";
  }
}

const startPlace = once((place) => {
  observer.observe(place);
});

export function startDiagrams(root) {
  root.querySelectorAll("[data-diagram]").forEach(startPlace);
}
