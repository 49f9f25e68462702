const GRID = 56; // cells of the map in each direction
const FLOOR = 10; // in nats below the peak: where the colours of the map end

// Populations at the middles of the map's cells, row by row from the top.
function mapPopulations(hyperprior) {
  const a = zeros(GRID * GRID), b = zeros(GRID * GRID);
  for (let c = 0; c < a.length; c++) {
    const x = ((c % GRID) + 0.5) / GRID, y = 1 - (Math.floor(c / GRID) + 0.5) / GRID;
    ({ a: a[c], b: b[c] } = populationAt(hyperprior, x, y));
  }
  return new Populations(a, b);
}

const IMAGE = element("canvas", { width: GRID, height: GRID });

// The log likelihood as an image of a pixel a cell. It is the log density here, for the hyperprior is flat on the map.
function mapImage(logLikelihood) {
  const top = Math.max(...logLikelihood), pen = IMAGE.getContext("2d"), image = new ImageData(GRID, GRID);
  const channels = (name) => [1, 3, 5].map((at) => parseInt(colour(name).slice(at, at + 2), 16));
  const low = channels("card"), high = channels("peak");
  image.data.fill(255);
  logLikelihood.forEach((value, c) => {
    const share = Math.max(0, 1 + (value - top) / FLOOR);
    for (let i = 0; i < 3; i++) image.data[4 * c + i] = low[i] + (high[i] - low[i]) * share;
  });
  pen.putImageData(image, 0, 0);
  return IMAGE;
}

function mapAxes(plot, { kind, low, high }) {
  const ticks = roundTicks(low, high), powers = [0.01, 0.1, 1, 10, 100, 1000].filter((power) => low <= power && power <= high);
  if (kind === "box") plot.axes(ticks, ticks, "a (soft tonkatsu)", "b (soft hamburgers)");
  else plot.axes(powers.map((power) => [Math.log(power / low) / Math.log(high / low), power]), roundTicks(0, 1), "concentration λ", "mean μ");
}

// The region of U-shapes, a < 1 and b < 1, is hatched; the line lam = 1 is dashed; the edges are the frame.
function drawLandmarks(plot, hyperprior) {
  const { kind, low, high } = hyperprior, at = (a, b) => positionOf(hyperprior, { a, b });
  const shares = Array.from({ length: 101 }, (_, i) => i / 100);
  const border = shares.map((mu) => {
    const lam = Math.min(high, 1 / Math.max(mu, 1 - mu));
    return at(mu * lam, (1 - mu) * lam);
  });
  const shape = kind === "box" ? [at(low, low), at(1, low), at(1, 1), at(low, 1)] : [[0, 0], ...border, [0, 1]];
  if (low < 1) {
    const turns = []; // of the hatching, one line that turns outside of the frame
    for (let x = -1.1; x < 1; x += 0.08) turns.push([x, -0.1], [x + 1.2, 1.1], [x + 1.24, 1.1], [x + 0.04, -0.1]);
    plot.clip(() => plot.line(turns, "faint", 1), shape);
    plot.rimmed(shape, "faint", 1.5);
  }
  plot.rimmed([at(0, 1), at(1, 0)], "ink", 2, [7, 5]);
}

function drawMap(canvas, hyperprior, logLikelihood, plugIn) {
  const plot = new Plot(canvas), [x, y] = positionOf(hyperprior, plugIn), across = 7 / plot.width, up = 7 / plot.height;
  mapAxes(plot, hyperprior);
  plot.clip((pen) => {
    pen.drawImage(mapImage(logLikelihood), plot.left, plot.top, plot.width, plot.height);
    drawLandmarks(plot, hyperprior);
    plot.rimmed([[x - across, y], [x + across, y], [x, y], [x, y - up], [x, y + up]], "plug-in", 3);
  });
  plot.frame("ink", 2);
}
