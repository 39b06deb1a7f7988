BEGIN TRANSACTION;
CREATE TABLE bag (
	passage INTEGER NOT NULL, 
	blob BLOB NOT NULL, 
	crc32 INTEGER NOT NULL, 
	PRIMARY KEY (passage), 
	FOREIGN KEY(passage) REFERENCES passage (id) ON DELETE CASCADE
);
INSERT INTO "bag" VALUES(1,X'C7A897E991F13C167F3368BE6F7DC848B164F67FC8E9DC4A34CC03CE157B18636F2837CB9E7E72639CC7BAD089AAA465DCAD6549966D63673135D8A9A732FF6B948E208F22E91D79DE3E0CC00F0E297C9B41EA417A761E8033D3BD1F9AD74281384502F7C49A8B8A0E1A2F7CB0C8A990885F5B9ECD9B9291489264E0F3065F9315D091CE31377ED1553571B902BFB4D9DAE68C5B11C8C8E60100010001000100010001000100010001000100010001000100010001000100010001000100',1427421388);
INSERT INTO "bag" VALUES(2,X'259E16D880400B0B01FF3D334047FB19A306ECECCFD4B4302D32882D9DF1D330F40BD40B3EF9E2744FC8574F6811887BDE3E0CC00F0E297C5C55DD68BDFBE681EB206D8C1DD37A8512EB27FCEB7240A005CA9CFC433790AB63B8B4AFCD2272C90C72391D420F30DF14A36256225767E62DF2C30484C35CF8010001000100010001000100010001000100010001000100010001000100',3353485690);
INSERT INTO "bag" VALUES(3,X'650A290D2740096E46E7AF11CB0174E201000100',1808272428);
INSERT INTO "bag" VALUES(4,X'8E41C53A08F9831326179F29EECCE614CA32CEC66D4ED927BA6587C1BB84C4901AEF47BE295DC2D2B10A7E0AEFEB48DB4CEE66EE49EC62E80100010001000300010001000100',2733717634);
INSERT INTO "bag" VALUES(5,X'40F89E395B66422F7A6244C2B4919447743748C77E446E5E650A290D2740096EF4B041CF8DE4B8931AEF47BE295DC2D2020003000100010001000100',2415409304);
CREATE TABLE document (
	"key" INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	mtime_ns INTEGER NOT NULL, 
	title TEXT, 
	metadata TEXT NOT NULL, 
	acl TEXT, 
	parser TEXT NOT NULL, 
	chunking TEXT NOT NULL, 
	text TEXT NOT NULL, 
	page_starts TEXT NOT NULL, 
	added_at TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	PRIMARY KEY ("key"), 
	UNIQUE (id), 
	UNIQUE (source)
);
INSERT INTO "document" VALUES(1,'218152a2b0433719','/docs/cha.txt','05b8f894ed70cdf1f51e31b4d96ce23d34814a7e7cf63f332f1867f6786c0471',61,1795534009379534752,NULL,'{"lang": "zh"}',NULL,'text','chunk 2, 16 tokens, overlap 0, space 8c066906fdebf81e, text','绿茶用八十度的水冲泡。水壶每年除垢两次。
','[]','2026-11-24T15:26:50+00:00',1);
INSERT INTO "document" VALUES(2,'44313c96ba1ed7e5','/docs/tea.md','d623782eb9575c5846f57545158e1d976a0544737b05448832a53100ecc3d272',112,1795534009379508359,'Tea','{"lang": "en", "year": 2024}',NULL,'markdown','chunk 2, 16 tokens, overlap 0, space 8c066906fdebf81e, markdown','---
year: 2024
---
# Tea

Green tea is brewed at eighty degrees.

# Kettles

A kettle is descaled twice a year.
','[]','2026-11-24T15:26:50+00:00',1);
CREATE TABLE outcome (
	source TEXT NOT NULL, 
	code TEXT NOT NULL, 
	message TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (source)
);
INSERT INTO "outcome" VALUES('/docs/empty.txt','file-empty','/docs/empty.txt is empty','2026-11-24T15:26:50+00:00');
CREATE TABLE passage (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	document INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	page INTEGER, 
	heading TEXT NOT NULL, 
	UNIQUE (document, ordinal), 
	FOREIGN KEY(document) REFERENCES document ("key") ON DELETE CASCADE
);
INSERT INTO "passage" VALUES(1,1,0,0,11,NULL,'[]');
INSERT INTO "passage" VALUES(2,1,1,11,21,NULL,'[]');
INSERT INTO "passage" VALUES(3,2,0,0,19,NULL,'[]');
INSERT INTO "passage" VALUES(4,2,1,19,66,NULL,'["Tea"]');
INSERT INTO "passage" VALUES(5,2,2,66,112,NULL,'["Kettles"]');
CREATE TABLE session (
	"key" INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	owner TEXT, 
	started_at TEXT NOT NULL, 
	PRIMARY KEY ("key"), 
	UNIQUE (id)
);
INSERT INTO "session" VALUES(1,'a6e347f484431893fa90908b7876b354',NULL,'2026-11-24T15:26:50.282+00:00');
CREATE TABLE snapshot (
	generation INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	file TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	nbytes INTEGER NOT NULL, 
	ntotal INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	last_passage INTEGER NOT NULL, 
	factory TEXT NOT NULL, 
	created_at TEXT NOT NULL
);
INSERT INTO "snapshot" VALUES(1,'lexical','lexical-1-7069757da128.bin','7069757da128cdcd00fef4d8844ef4b44971b936e83892f9547b45604681ffff',1194,5,1,5,'bm25','2026-11-24T15:26:50+00:00');
INSERT INTO "snapshot" VALUES(2,'vectors','vectors-1-7d37c0d8f086.faiss','7d37c0d8f08681e46e4c4f5b5c2a945cafbab81526596c461c6e617e7642333a',450,5,1,5,'Flat','2026-11-24T15:26:50+00:00');
CREATE TABLE space (
	one INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	dim INTEGER NOT NULL, 
	metric TEXT NOT NULL, 
	PRIMARY KEY (one)
);
INSERT INTO "space" VALUES(1,'hash-embedder','8c066906fdebf81eb3dd60bf2252fd206d16215a456ceb09d6fd31b83764c023',16,'inner_product');
CREATE TABLE state (
	one INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	floor INTEGER NOT NULL, 
	analyzer TEXT NOT NULL, 
	PRIMARY KEY (one)
);
INSERT INTO "state" VALUES(1,1,1,'2');
CREATE TABLE tombstone (
	passage INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	PRIMARY KEY (passage)
);
CREATE TABLE turn (
	session INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	question TEXT NOT NULL, 
	standalone TEXT NOT NULL, 
	method TEXT NOT NULL, 
	history INTEGER NOT NULL, 
	answer TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	asked_at TEXT NOT NULL, 
	PRIMARY KEY (session, number), 
	FOREIGN KEY(session) REFERENCES session ("key") ON DELETE CASCADE
);
INSERT INTO "turn" VALUES(1,1,'How hot is the water for green tea?','How hot is the water for green tea?','as-is',0,'{"question": "How hot is the water for green tea?", "status": "abstained", "text": "Not in your documents.", "confidence": 0.156, "citations": [], "sentences": [], "passages": [{"rank": 1, "score": 1.4735859632492065, "passage_id": 4, "text": "", "start": 19, "end": 66, "page": null, "heading": ["Tea"], "document": {"id": "44313c96ba1ed7e5", "source": "/docs/tea.md", "title": "Tea", "sha256": "d623782eb9575c5846f57545158e1d976a0544737b05448832a53100ecc3d272", "metadata": {"lang": "en", "year": 2024}}, "scores": {"dense": 0.4780914783477783, "lexical": 2.3559200763702393, "fused": 1.4735859632492065, "rerank": null}, "explanation": null, "copies": []}, {"rank": 2, "score": 0.13897567987442017, "passage_id": 2, "text": "", "start": 11, "end": 21, "page": null, "heading": [], "document": {"id": "218152a2b0433719", "source": "/docs/cha.txt", "title": null, "sha256": "05b8f894ed70cdf1f51e31b4d96ce23d34814a7e7cf63f332f1867f6786c0471", "metadata": {"lang": "zh"}}, "scores": {"dense": 0.22792115807533264, "lexical": 0.0, "fused": 0.13897567987442017, "rerank": null}, "explanation": null, "copies": []}, {"rank": 3, "score": 0.09144868701696396, "passage_id": 5, "text": "", "start": 66, "end": 112, "page": null, "heading": ["Kettles"], "document": {"id": "44313c96ba1ed7e5", "source": "/docs/tea.md", "title": "Tea", "sha256": "d623782eb9575c5846f57545158e1d976a0544737b05448832a53100ecc3d272", "metadata": {"lang": "en", "year": 2024}}, "scores": {"dense": 0.18898224830627441, "lexical": 0.4877263307571411, "fused": 0.09144868701696396, "rerank": null}, "explanation": null, "copies": []}, {"rank": 4, "score": -0.674490749835968, "passage_id": 1, "text": "", "start": 0, "end": 11, "page": null, "heading": [], "document": {"id": "218152a2b0433719", "source": "/docs/cha.txt", "title": null, "sha256": "05b8f894ed70cdf1f51e31b4d96ce23d34814a7e7cf63f332f1867f6786c0471", "metadata": {"lang": "zh"}}, "scores": {"dense": 0.0, "lexical": 0.0, "fused": -0.674490749835968, "rerank": null}, "explanation": null, "copies": []}, {"rank": 5, "score": -0.8905007243156433, "passage_id": 3, "text": "", "start": 0, "end": 19, "page": null, "heading": [], "document": {"id": "44313c96ba1ed7e5", "source": "/docs/tea.md", "title": "Tea", "sha256": "d623782eb9575c5846f57545158e1d976a0544737b05448832a53100ecc3d272", "metadata": {"lang": "en", "year": 2024}}, "scores": {"dense": -0.060522761195898056, "lexical": 0.0, "fused": -0.8905007243156433, "rerank": null}, "explanation": null, "copies": []}], "models": {"embedder": "hash-embedder", "generator": "scripted"}, "index": {"seq": 1, "digest": "d0c9abbc1bd56b3b4756c2fe78a5791bac0a247bb2a9990fafec87ee1f6927d4"}, "coverage": {"documents": 2, "searched": 2, "failed": 1, "seq": 1}, "timings": {"embed": 0.00012122900079702958, "filter": 7.709968485869467e-07, "dense": 0.001569845000631176, "lexical": 0.00023579399930895306, "fuse": 0.007639602001290768, "join": 0.002057599998806836, "total": 0.016034352003771346, "generate": 4.336001438787207e-06, "cite": 1.1160009307786822e-06}, "reason": "the passages hold too little of what the question asks about", "profile": {"name": "default/1", "prompt": "3da4d0f4353c", "decoding": {"max_new_tokens": 128, "temperature": 0.0, "top_p": 1.0, "top_k": 0, "seed": null, "stop": []}, "calibration": "shipped/en/any", "threshold": 0.3215, "measured": {"answerable: answered": {"share": 0.698, "low": 0.665, "high": 0.73, "n": 766}, "no answer: answered": {"share": 0.478, "low": 0.445, "high": 0.512, "n": 834}, "passage removed: answered": {"share": 0.189, "low": 0.163, "high": 0.219, "n": 766}}, "fitted_on": "squad_v2_dev, 2366 cases"}, "language": "en", "translation": null, "warnings": []}',1,'d0c9abbc1bd56b3b4756c2fe78a5791bac0a247bb2a9990fafec87ee1f6927d4','2026-11-24T15:26:50.311+00:00');
CREATE TABLE vector (
	passage INTEGER NOT NULL, 
	blob BLOB NOT NULL, 
	crc32 INTEGER NOT NULL, 
	PRIMARY KEY (passage), 
	FOREIGN KEY(passage) REFERENCES passage (id) ON DELETE CASCADE
);
INSERT INTO "vector" VALUES(1,X'B25F9ABEB25F9A3EB25F9A3E00000000B25F9ABEB25F1ABF0000000000000000B25F9ABE0000000000000000B25F9ABE0000000000000000B25F9ABE00000000',1928168359);
INSERT INTO "vector" VALUES(2,X'B25F9ABE00000000B25F9A3E00000000B25F9A3EB25F9A3E0000000000000000B25F1ABF00000000B25F9ABE000000000000000000000000B25F9ABEB25F9A3E',3229588466);
INSERT INTO "vector" VALUES(3,X'00000000A3F823BE00000000000000000000000000000000A3F8233EA3F823BE000000000000000000000000F4F4753F00000000000000000000000000000000',2810299233);
INSERT INTO "vector" VALUES(4,X'00000000000000009BE8A1BE00000000000000000000000000000000000000009BE821BF9BE8A1BE9BE8A13E000000009BE8A13E9BE8A13E9BE8A13E00000000',360385153);
INSERT INTO "vector" VALUES(5,X'0000000000000000000000BF000000000000003F00000000000000000000000000000000000000000000003F000000BF00000000000000000000000000000000',1264102610);
CREATE INDEX ix_document_sha256 ON document (sha256);
CREATE INDEX document_acl ON document ("key") WHERE acl IS NOT NULL;
CREATE INDEX tombstone_seq ON tombstone (seq);
CREATE INDEX ix_passage_document ON passage (document);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('passage',5);
INSERT INTO "sqlite_sequence" VALUES('snapshot',2);
COMMIT;
PRAGMA user_version = 3;
