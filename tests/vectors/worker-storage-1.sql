-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What a room of the Worker stored on 2026-12-01, with schema 1. The open invite is LT9X-3MBJ.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE device (host INTEGER PRIMARY KEY, name TEXT NOT NULL, public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL, reserved_until INTEGER NOT NULL, is_asked INTEGER NOT NULL);
CREATE TABLE invite (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, server_url TEXT NOT NULL,
  expires_at INTEGER NOT NULL, is_redeemed INTEGER NOT NULL, redeemed_by TEXT NOT NULL, host INTEGER NOT NULL);
CREATE TABLE guess (level INTEGER, network TEXT, tokens REAL NOT NULL, filled_at REAL NOT NULL,
  PRIMARY KEY (level, network)) WITHOUT ROWID;
INSERT INTO setting VALUES ('salt', '199bd9cbaf4285324afa75086f15da1ffb1054fa5fc4b65433da3d1fef3d2325');
INSERT INTO setting VALUES ('schema', '1');
INSERT INTO setting VALUES ('subnet', '10.9.0.0/24');
INSERT INTO device VALUES (1, 'alpha', 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=', 1796116454, 0, 0);
INSERT INTO device VALUES (2, 'bravo', 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=', 1796116455, 0, 0);
INSERT INTO device VALUES (3, '', '', 1796116456, 4102444800, 0);
INSERT INTO device VALUES (4, '', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', 1796116457, 4102444800, 1);
INSERT INTO invite VALUES (1, '17277360d0b17c3185f6f1d35cef0e06d275b4115b9c97881e8de92731a1ecbb', 'https://hub.example', 4102444800, 1, '', 3);
INSERT INTO invite VALUES (2, 'f37e5549297720524be14f72b91a0075251b63c4233db9843bc39d72f36434a3', 'https://hub.example', 4102444800, 0, '', 0);
INSERT INTO guess VALUES (0, '0', 9.0, 1.79611645438e+15);
