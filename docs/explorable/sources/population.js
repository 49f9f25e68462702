function drawPopulation(canvas, { mean, bands: [low, high] }, plugIn, students) {
  const plot = new Plot(canvas), plugged = densityAtRates(plugIn.a, plugIn.b).density;
  // The height shows every curve away from 0 and 1, where the density of a U is infinite.
  const inner = (curve) => Math.max(...curve.filter((_, t) => RATES[t] > 0.03 && RATES[t] < 0.97));
  const top = 1.1 * Math.max(1.5, inner(mean), inner(plugged), Math.min(inner(high), 2 * inner(mean)));
  const points = (curve) => Array.from(curve, (value, t) => [RATES[t], value / top]);
  plot.axes(roundTicks(0, 1), roundTicks(0, top), "rate θ", "density");
  plot.clip(() => {
    plot.fill([...points(high), ...points(low).reverse()], "bayes", 0.25);
    plot.line(points(mean), "bayes", 2.5);
    plot.line(points(plugged), "plug-in", 2, [7, 4]);
    for (const { k, n } of students) plot.line([[k / n, 0], [k / n, 0.05]], "raw", 2);
  });
  plot.frame("line", 1);
}
