// Remembers which elements a script has already taken care of.  Not an attribute: a morph of the
// page would take it off the element and leave the listeners on.
export function once(start) {
  const known = new WeakMap();
  return (element) => {
    if (known.has(element)) {
      known.get(element)?.();
    } else {
      known.set(element, start(element));
    }
  };
}
