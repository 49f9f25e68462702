const OUTER = 32, INNER = 20; // nodes of the rule in log lam (in each panel) and in mu
const DROP = 22; // in nats: nodes whose mass is below the largest one's by more do not count
const MARGIN = 1, SLACK = 1.5; // nodes beside what counts, and how much wider than what counts a row may be
const GAUSS = { outer: gaussLegendre(OUTER), inner: gaussLegendre(INNER) };

// A Gauss-Legendre rule over a region of a hyperprior: rows of equal lam, and in each row nodes in mu.
// A region has the ends of log lam, and windows of mu, each at a log lam.
class Rule extends Populations {
  constructor(hyperprior, region) {
    const rows = rowsOf(hyperprior, region), size = rows.length * INNER;
    const [a, b, lams, logMass] = Array.from({ length: 4 }, () => zeros(size));
    rows.forEach(({ lam, from, to, mass }, i) => {
      for (let j = 0; j < INNER; j++) {
        const c = i * INNER + j, mu = from + (to - from) * GAUSS.inner.x[j];
        [a[c], b[c], lams[c]] = [lam * mu, lam * (1 - mu), lam];
        logMass[c] = Math.log(mass * (to - from) * GAUSS.inner.weight[j]);
      }
    });
    super(a, b, lams);
    Object.assign(this, { hyperprior, region, rows, logMass, densities: [] });
  }

  // The rule of the part that counts, with a margin. The last one is kept while the part stays inside and fills it,
  // because another rule has other nodes, of which nothing is computed yet.
  fitted(logPosterior) {
    const least = Math.max(...logPosterior) - DROP;
    const needed = this.rows.map((_, i) => rangeOf(INNER, (j) => logPosterior[i * INNER + j] >= least));
    if (!this.part || !covers(this.part.ranges, needed)) this.part = this.partOf(needed);
    return this.part.rule;
  }

  partOf(needed) {
    const { rows, region } = this, last = rows.length - 1, counted = rangeOf(rows.length, (i) => needed[i]);
    const start = counted[0] - MARGIN, end = counted[1] + MARGIN;
    const ranges = needed.map((_, i) => {
      if (i < start || i > end) return null;
      const [low, high] = needed.slice(0, i + 1).findLast(Boolean) ?? needed.find(Boolean); // a row between may have none
      return [low - MARGIN, high + MARGIN];
    });
    const windows = rows.flatMap(({ x, from, to }, i) => {
      if (!ranges[i]) return [];
      const [low, high] = ranges[i], mu = (j) => from + (to - from) * GAUSS.inner.x[j];
      return { x, from: low < 0 ? from : mu(low), to: high < INNER ? mu(high) : to };
    });
    const x = [start < 0 ? region.x[0] : rows[start].x, end > last ? region.x[1] : rows[end].x];
    return { ranges, rule: new Rule(this.hyperprior, { x, windows }) };
  }
}

// The first and the last of `count` numbers that count; null if none does.
function rangeOf(count, counts) {
  let first = 0, last = count - 1;
  while (first < count && !counts(first)) first++;
  while (last > first && !counts(last)) last--;
  return first < count ? [first, last] : null;
}

function covers(ranges, needed) {
  return needed.every((range, i) => {
    if (!range) return true;
    const [low, high] = ranges[i] ?? [0, 0], width = SLACK * (range[1] - range[0] + 1) + 2 * MARGIN;
    return low <= range[0] && range[1] <= high && high - low < width;
  });
}

// Rows of the rule. The bounds of mu in a box have a kink at lam = low + high: there one panel ends, another begins.
function rowsOf(hyperprior, { x: [start, end], windows }) {
  const kink = Math.log(hyperprior.low + hyperprior.high), rows = [];
  const ends = hyperprior.kind === "box" && kink > start && kink < end ? [start, kink, end] : [start, end];
  for (let panel = 0; panel + 1 < ends.length; panel++) {
    const width = ends[panel + 1] - ends[panel];
    GAUSS.outer.x.forEach((position, i) => {
      const x = ends[panel] + width * position, lam = Math.exp(x), bounds = boundsOfMu(hyperprior, lam);
      const before = windows.findLast((window) => window.x <= x), after = windows.find((window) => window.x > x);
      const near = [before ?? after, after ?? before];
      const from = Math.max(bounds[0], Math.min(...near.map((window) => window.from)));
      const to = Math.min(bounds[1], Math.max(...near.map((window) => window.to)));
      if (from < to) rows.push({ x, lam, from, to, mass: width * GAUSS.outer.weight[i] * densityOf(hyperprior, lam) });
    });
  }
  return rows;
}

// The rule of a hyperprior's whole range, of which `learn` takes parts.
function wholeRule(hyperprior) {
  return new Rule(hyperprior, { x: boundsOfLogLam(hyperprior), windows: [{ x: Infinity, from: 0, to: 1 }] });
}
