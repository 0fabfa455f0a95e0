// The review's charts: a figure comes from the server in the dim colours and is shown in those of this browser's theme. The
// address follows what is shown, so that a reload or a bookmark shows it again; a bar opens the address it carries.
"use strict";
window.dash_clientside = Object.assign(window.dash_clientside || {}, {
  chairside_review: {
    shown: (figure) => {
      if (!figure) return window.dash_clientside.no_update;
      window.history.replaceState(null, "", figure.layout.meta);
      return window.chairside.theme.take("review-chart", figure);
    },
    open: (clicked) => {
      const address = clicked && clicked.points[0].customdata;
      if (typeof address === "string" && address.startsWith("/review?")) window.location.assign(address);
    },
  },
});
