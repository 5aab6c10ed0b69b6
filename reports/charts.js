"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const options = { displayModeBar: false, scrollZoom: false, responsive: true, showTips: false };
  // A chart is drawn for the width of the screen; with a view box, paper of another width scales it.
  const makeScalable = (place) => {
    const { width, height } = place._fullLayout;
    place.style.setProperty("--shape", `${width} / ${height}`);
    place.querySelectorAll(".main-svg").forEach((svg) => svg.setAttribute("viewBox", `0 0 ${width} ${height}`));
  };
  Object.entries(charts).forEach(([name, chart]) => {
    const place = document.getElementById(`chart-${name}`);
    chart.layout.xaxis.nticks = place.clientWidth < 500 ? 5 : 8;
    Plotly.newPlot(place, chart.data, chart.layout, options).then(() => {
      makeScalable(place);
      place.on("plotly_afterplot", () => makeScalable(place));
    });
  });
})();
