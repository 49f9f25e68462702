const zeros = (count) => new Float64Array(count);

// log Gamma(x) of x > 0: shifted to x >= 8, then Stirling's series, whose next term is below 1e-15 there.
function logGamma(x) {
  let product = 1;
  while (x < 8) product *= x++;
  const z = 1 / (x * x);
  const series = 1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * (691 / 360360 - z / 156)))));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series / x - Math.log(product);
}

function logBeta(a, b) {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

function logChoose(n, k) {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

// Nodes and weights of Gauss-Legendre quadrature on (0, 1): the roots of a Legendre polynomial, by Newton's method.
function gaussLegendre(count) {
  const x = zeros(count), weight = zeros(count);
  for (let i = 0; i < count; i++) {
    let t = Math.cos(Math.PI * (i + 0.75) / (count + 0.5)), slope, step;
    do {
      let before = 0, value = 1;
      for (let j = 0; j < count; j++) [before, value] = [value, ((2 * j + 1) * t * value - j * before) / (j + 1)];
      slope = count * (t * value - before) / (t * t - 1);
      step = value / slope;
      t -= step;
    } while (Math.abs(step) > 1e-14);
    x[i] = (1 - t) / 2;
    weight[i] = 1 / ((1 - t * t) * slope * slope);
  }
  return { x, weight };
}
