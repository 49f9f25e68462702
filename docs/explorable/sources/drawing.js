const byId = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(document.body).getPropertyValue(`--${name}`);
const fixed = (value, digits = 2) => value.toFixed(digits).replace(/^-(?=[0.]+$)/, "").replace("-", "−");
const short = (value) => fixed(value, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))); // three digits

// An element of HTML, or of SVG if its name begins with "svg:".
function element(name, attributes = {}, ...children) {
  const kind = name.startsWith("svg:") ? "2000/svg" : "1999/xhtml";
  const made = document.createElementNS(`http://www.w3.org/${kind}`, name.replace("svg:", ""));
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}

// What does not change is not written: the browser would lay it out and paint it again.
function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function setText(node, value) {
  if (node.textContent !== `${value}`) node.textContent = value;
}

// A plot on a canvas, as sharp as the screen: its frame in CSS pixels, and what is drawn in it.
class Plot {
  constructor(canvas, left = 44) {
    const { clientWidth, clientHeight } = canvas, scale = devicePixelRatio, pen = canvas.getContext("2d");
    const width = Math.round(clientWidth * scale), height = Math.round(clientHeight * scale);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "13px system-ui, sans-serif";
    Object.assign(this, { pen, left, top: 24, width: clientWidth - left - 14, height: clientHeight - 62 });
  }

  // Pixels of a position in the unit square, whose y goes up.
  at([x, y]) { return [this.left + this.width * x, this.top + this.height * (1 - y)]; }

  text(words, x, y, align, name = "faint") {
    Object.assign(this.pen, { fillStyle: colour(name), textAlign: align, textBaseline: "middle" });
    this.pen.fillText(words, x, y);
  }

  // Ticks are [position, text]. The label of y stands above its axis.
  axes(ticksX, ticksY, labelX, labelY) {
    const base = this.top + this.height;
    for (const [position, words] of ticksX) this.text(words, this.at([position, 0])[0], base + 11, "center");
    for (const [position, words] of ticksY) this.text(words, this.left - 6, this.at([0, position])[1], "right");
    this.text(labelX, this.left + this.width / 2, base + 28, "center");
    this.text(labelY, 2, 9, "left");
  }

  // A path through positions of the unit square.
  path(points) {
    this.pen.beginPath();
    for (const point of points) this.pen.lineTo(...this.at(point));
  }

  line(points, name, width, dash = []) {
    Object.assign(this.pen, { strokeStyle: colour(name), lineWidth: width });
    this.pen.setLineDash(dash);
    this.path(points);
    this.pen.stroke();
    this.pen.setLineDash([]);
  }

  // A line that is seen on any colour: with a rim of the card's.
  rimmed(points, name, width, dash) {
    this.line(points, "card", width + 3);
    this.line(points, name, width, dash);
  }

  fill(points, name, alpha) {
    this.path(points);
    this.shade(name, alpha);
  }

  dot(point, radius, name, alpha) {
    this.pen.beginPath();
    this.pen.arc(...this.at(point), radius, 0, 7);
    this.shade(name, alpha);
  }

  shade(name, alpha) {
    Object.assign(this.pen, { fillStyle: colour(name), globalAlpha: alpha });
    this.pen.fill();
    this.pen.globalAlpha = 1;
  }

  // Draws inside a path only: by default the frame, which is drawn last.
  clip(draw, points) {
    this.pen.save();
    this.path(points ?? CORNERS);
    this.pen.clip();
    draw(this.pen);
    this.pen.restore();
  }

  frame(name, width) { this.line(CORNERS, name, width); }
}
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];

// Some four round numbers between two ends.
function roundTicks(low, high) {
  const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough), ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
  return ticks.map((value) => [(value - low) / (high - low), fixed(value, Math.max(0, -Math.floor(Math.log10(step))))]);
}
