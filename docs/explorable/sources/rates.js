// Rates theta = sin^2(angle / 2) at the middles of equal cells of the angle. In this scale the standard deviation of a
// Beta is about 1 / sqrt(lam) wherever its mean is, and the cells are fine near 0 and 1, where a U piles up.
const CELLS = 128, CELL = Math.PI / CELLS;
const RATES = Float64Array.from({ length: CELLS }, (_, t) => Math.sin((t + 0.5) * CELL / 2) ** 2);
const LOG_RATES = RATES.map(Math.log), LOG_OTHERS = RATES.map((theta) => Math.log1p(-theta));
const EDGES = Float64Array.from({ length: CELLS + 1 }, (_, t) => Math.sin(t * CELL / 2) ** 2);
const TAIL = 2; // cells at either end whose probability has a formula of its own
const LIGHT = 1e-6; // nodes whose weight is less than this part of the largest are left out
const BINS = 500, BIN = 0.05, LEAST_LOG = -15; // of the log densities whose quantiles are a band

// The nodes that matter, each with its weight, and the density of its Beta at RATES and the density's logarithm.
function heavyNodes({ rule, weight }) {
  const least = LIGHT * Math.max(...weight), nodes = [];
  weight.forEach((w, c) => {
    if (w < least) return;
    const a = rule.a[c], b = rule.b[c];
    rule.densities[c] ??= densityAtRates(a, b);
    nodes.push({ a, b, c, w, ...rule.densities[c] });
  });
  return nodes;
}

function densityAtRates(a, b) {
  const scale = logBeta(a, b), logDensity = LOG_RATES.map((x, t) => (a - 1) * x + (b - 1) * LOG_OTHERS[t] - scale);
  return { logDensity, density: logDensity.map(Math.exp) };
}

// P(theta < x) of theta ~ Beta(a, b), for small x: a power series.
function betaTail(a, b, x) {
  let term = 1, sum = 1;
  for (let j = 0; j < 50 && term > 1e-9; j++) sum += term *= (a + b + j) / (a + 1 + j) * x;
  return Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) * sum / a;
}

// The quantiles of a student's rate, given all counts: of the mixture of Beta(a + k, b + n - k) over the nodes.
function rateQuantiles({ rule }, nodes, { k, n }, probabilities) {
  const sequence = rule.logSequence(k, n), density = new Float64Array(CELLS);
  for (const { c, w, density: population } of nodes) {
    const scale = w * Math.exp(-sequence[c]);
    for (let t = 0; t < CELLS; t++) density[t] += scale * population[t];
  }
  for (let t = 0; t < CELLS; t++) {
    const jacobian = Math.sin((t + 0.5) * CELL) / 2;
    density[t] *= CELL * jacobian * Math.exp(k * LOG_RATES[t] + (n - k) * LOG_OTHERS[t]);
  }
  const lower = tailOf(nodes, (node) => node.a + k, (node) => node.b + n - k);
  const upper = tailOf(nodes, (node) => node.b + n - k, (node) => node.a + k);
  return probabilities.map((probability) => {
    if (probability <= lower.mass) return within(lower, probability);
    if (1 - probability <= upper.mass) return 1 - within(upper, 1 - probability);
    return quantileOf(density, probability, lower.mass, upper.mass);
  });
}

// The probability of the first TAIL cells, where the density may be infinite, and the power of theta that it grows by.
function tailOf(nodes, first, second) {
  let mass = 0, moment = 0;
  for (const node of nodes) {
    const a = first(node);
    if (a > 6) continue; // its probability is below 1e-9
    const tail = node.w * betaTail(a, second(node), EDGES[TAIL]);
    mass += tail;
    moment += tail * a;
  }
  return { mass, power: moment / mass };
}

function within({ mass, power }, probability) {
  return EDGES[TAIL] * (probability / mass) ** (1 / power);
}

// A quantile between the tails, from cells in each of which the density is taken for linear in the angle.
function quantileOf(density, probability, below, above) {
  const masses = density.map((value, t) => value + (density[t + 1] - 2 * value + density[t - 1]) / 24);
  let inside = 0;
  for (let t = TAIL; t < CELLS - TAIL; t++) inside += masses[t];
  let missing = (probability - below) * inside / (1 - below - above), t = TAIL;
  while (t + 1 < CELLS - TAIL && masses[t] < missing) missing -= masses[t++];
  const slope = (density[t + 1] - density[t - 1]) / 2, start = masses[t] - slope / 2;
  const part = 2 * missing / (start + Math.sqrt(Math.max(0, start * start + 2 * slope * missing)));
  return Math.sin((t + Math.min(1, part)) * CELL / 2) ** 2;
}

// The learned population at RATES: its mean density, which is that of a new student's rate, and the quantiles of the
// density over the posterior of (a, b), rate by rate. A node's weight is spread to the middle of its neighbours in mu.
function populationDensity(nodes, probabilities) {
  const mean = new Float64Array(CELLS), total = nodes.reduce((sum, { w }) => sum + w, 0);
  const bands = probabilities.map(() => new Float64Array(CELLS)), steps = new Float64Array(BINS + 1);
  const binOf = (log) => Math.min(BINS - 1, Math.max(0, Math.floor((log - LEAST_LOG) / BIN)));
  const near = nodes.map((node, i) => [nodes[i - 1], nodes[i + 1]].map((other) => Math.abs(other?.c - node.c) === 1 ? other : node));
  for (let t = 0; t < CELLS; t++) {
    steps.fill(0);
    for (let i = 0; i < nodes.length; i++) {
      const { w, density, logDensity } = nodes[i], log = logDensity[t];
      const reach = (Math.abs(near[i][0].logDensity[t] - log) + Math.abs(near[i][1].logDensity[t] - log)) / 4;
      const from = binOf(log - reach), to = binOf(log + reach) + 1, share = w / total / (to - from);
      mean[t] += w * density[t] / total;
      steps[from] += share;
      steps[to] -= share;
    }
    probabilities.forEach((probability, i) => {
      let bin = 0, mass = steps[0], sum = mass;
      while (bin + 1 < BINS && sum < probability) sum += mass += steps[++bin];
      bands[i][t] = Math.exp(LEAST_LOG + BIN * (bin + 1 - (sum - probability) / mass));
    });
  }
  return { mean, bands };
}
