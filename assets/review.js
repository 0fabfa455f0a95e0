// The review's chart: a figure comes from the server in the dim colours and is shown in those of this browser's theme.
"use strict";
window.dash_clientside = Object.assign(window.dash_clientside || {}, {
  chairside_review: {
    shown: (figure) =>
      figure ? window.chairside.theme.take("review-chart", figure) : window.dash_clientside.no_update,
  },
});
