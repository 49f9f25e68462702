// Rates theta = sin^2(angle / 2) at the middles of equal cells of the angle. In this scale the standard deviation of a
// Beta is about 1 / sqrt(lam) wherever its mean is, and the cells are fine near 0 and 1, where a U piles up.
const CELLS = 128, CELL = Math.PI / CELLS;
const RATES = Float64Array.from({ length: CELLS }, (_, t) => Math.sin((t + 0.5) * CELL / 2) ** 2);
const LOG_RATES = RATES.map(Math.log), LOG_OTHERS = RATES.map((theta) => Math.log1p(-theta));
const EDGES = Float64Array.from({ length: CELLS + 1 }, (_, t) => Math.sin(t * CELL / 2) ** 2);
const TAIL = 2; // cells at either end whose probability has a formula of its own
const LIGHT = 1e-6; // nodes whose weight is less than this part of the largest are left out
const BINS = 500, BIN = 0.05, LEAST_LOG = -15; // of the log densities whose quantiles are a band
const ROW = BINS + 1, STEPS = zeros(CELLS * ROW); // of the probability of each bin, at each rate

// The nodes that matter, each with its weight, and its Beta: log B(a, b), the density at RATES, and its logarithm.
function heavyNodes({ rule, weight }) {
  const least = LIGHT * Math.max(...weight), nodes = [];
  weight.forEach((w, c) => {
    if (w < least) return;
    const a = rule.a[c], b = rule.b[c];
    const { scale, logDensity, density } = (rule.densities[c] ??= densityAtRates(a, b));
    nodes.push({ a, b, c, w, scale, logDensity, density });
  });
  return nodes;
}

function densityAtRates(a, b) {
  const scale = logBeta(a, b), logDensity = zeros(CELLS), density = zeros(CELLS);
  for (let t = 0; t < CELLS; t++) {
    logDensity[t] = (a - 1) * LOG_RATES[t] + (b - 1) * LOG_OTHERS[t] - scale;
    density[t] = Math.exp(logDensity[t]);
  }
  return { scale, logDensity, density };
}

// P(theta < x) of theta ~ Beta(a, b), for the small x where the cells with a formula end: a power series.
const END = EDGES[TAIL], LOG_END = Math.log(END), LOG_REST = Math.log1p(-END);
function betaTail(a, b, scale) {
  let term = 1, sum = 1;
  for (let j = 0; j < 50 && term > 1e-9; j++) sum += term *= (a + b + j) / (a + 1 + j) * END;
  return Math.exp(a * LOG_END + b * LOG_REST - scale) * sum / a;
}

// The quantiles of a student's rate, given all counts: of the mixture of Beta(a + k, b + n - k) over the nodes.
function rateQuantiles({ rule }, nodes, { k, n }, probabilities) {
  const sequence = rule.logSequence(k, n), density = zeros(CELLS);
  for (const { c, w, density: population } of nodes) {
    const scale = w * Math.exp(-sequence[c]);
    for (let t = 0; t < CELLS; t++) density[t] += scale * population[t];
  }
  for (let t = 0; t < CELLS; t++) {
    const jacobian = Math.sin((t + 0.5) * CELL) / 2;
    density[t] *= CELL * jacobian * Math.exp(k * LOG_RATES[t] + (n - k) * LOG_OTHERS[t]);
  }
  const lower = tailOf(nodes, sequence, "a", k, "b", n - k), upper = tailOf(nodes, sequence, "b", n - k, "a", k);
  return probabilities.map((probability) => {
    if (probability <= lower.mass) return within(lower, probability);
    if (1 - probability <= upper.mass) return 1 - within(upper, 1 - probability);
    return quantileOf(density, probability, lower.mass, upper.mass);
  });
}

// The probability of the first TAIL cells, where the density may be infinite, and the power of theta that it grows by.
function tailOf(nodes, sequence, first, successes, second, failures) {
  let mass = 0, moment = 0;
  for (const node of nodes) {
    const a = node[first] + successes;
    if (a > 6) continue; // its probability is below 1e-9
    const tail = node.w * betaTail(a, node[second] + failures, node.scale + sequence[node.c]);
    mass += tail;
    moment += tail * a;
  }
  return { mass, power: moment / mass };
}

function within({ mass, power }, probability) {
  return END * (probability / mass) ** (1 / power);
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
  const mean = zeros(CELLS), total = nodes.reduce((sum, { w }) => sum + w, 0);
  const bands = probabilities.map(() => zeros(CELLS));
  const binOf = (log) => Math.min(BINS - 1, Math.max(0, Math.floor((log - LEAST_LOG) / BIN)));
  STEPS.fill(0);
  nodes.forEach(({ c, w, density, logDensity }, i) => {
    const [before, after] = [nodes[i - 1], nodes[i + 1]].map((other) => (Math.abs(other?.c - c) === 1 ? other.logDensity : logDensity));
    for (let t = 0; t < CELLS; t++) {
      const log = logDensity[t], reach = (Math.abs(before[t] - log) + Math.abs(after[t] - log)) / 4;
      const from = binOf(log - reach), to = binOf(log + reach) + 1, share = w / total / (to - from);
      mean[t] += w * density[t] / total;
      STEPS[t * ROW + from] += share;
      STEPS[t * ROW + to] -= share;
    }
  });
  for (let t = 0; t < CELLS; t++) {
    probabilities.forEach((probability, i) => {
      let bin = 0, mass = STEPS[t * ROW], sum = mass;
      while (bin + 1 < BINS && sum < probability) sum += mass += STEPS[t * ROW + ++bin];
      bands[i][t] = Math.exp(LEAST_LOG + BIN * (bin + 1 - (sum - probability) / mass));
    });
  }
  return { mean, bands };
}
