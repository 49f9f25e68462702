// A hyperprior is {kind, low, high}:
//   "box":  a and b are uniform on [low, high];
//   "mean": the mean mu = a / (a + b) is uniform on [0, 1], the concentration lam = a + b log-uniform on [low, high].
// Both are integrated over mu and log lam, because the counts hardly relate these two.

function boundsOfLogLam({ kind, low, high }) {
  return kind === "box" ? [Math.log(2 * low), Math.log(2 * high)] : [Math.log(low), Math.log(high)];
}

function boundsOfMu({ kind, low, high }, lam) {
  return kind === "box" ? [Math.max(low / lam, 1 - high / lam), Math.min(high / lam, 1 - low / lam)] : [0, 1];
}

// Density with respect to d mu d log lam. That of a box has the Jacobian: da db = lam^2 d mu d log lam.
function densityOf({ kind, low, high }, lam) {
  return kind === "box" ? (lam / (high - low)) ** 2 : 1 / Math.log(high / low);
}

// A position in the unit square of the coordinates in which the hyperprior is flat: (a, b), or (log lam, mu).
function populationAt({ kind, low, high }, x, y) {
  if (kind === "box") return { a: low + (high - low) * x, b: low + (high - low) * y };
  const lam = low * (high / low) ** x;
  return { a: lam * y, b: lam * (1 - y) };
}

function positionOf({ kind, low, high }, { a, b }) {
  if (kind === "box") return [(a - low) / (high - low), (b - low) / (high - low)];
  return [Math.log((a + b) / low) / Math.log(high / low), a / (a + b)];
}
