/** The smallest story there is: one repository, three hosts, a fault that its second commit brings. */
export const smallStory = `name: small
title: A small story
start: "2026-05-04T08:00:00Z"
speed: 50
repositories:
  app/shop:
    branch: main
    commits:
      - {id: base, subject: Begin, at: "2026-05-01T08:00:00Z", files: {app.js: "old()\\n", keep.txt: "kept\\n"}}
      - {id: broken, branch: next, from: base, subject: Break it, at: "2026-05-02T08:00:00Z", files: {app.js: "new()\\n"}}
service:
  name: shop
  stages: [before, canaries, production]
  deploy_host: deploy1
  hosts: {canaries: [c1], baseline: ["b[1-2]"]}
  signals:
    errors:
      log: {path: logs/app.json, format: json}
      match: {levels: [error]}
      exposure: {path: logs/access.json, format: json}
traffic: {requests: 20, history: 20, seed: 7}
faults:
  broken:
    where: [{repository: app/shop, path: app.js, contains: new}]
    message: it is broken
steps:
  - check: {stage: before, expect: {exit: 0}}
`;
