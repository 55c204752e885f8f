// tests/bench/others/contestant.js
//	One process of a queue that leat is compared with, told what to do by run.
//
// usage: node contestant.js WHO MODE CONFIG, where WHO is graphile or pgboss, MODE
// is setup, enqueue, drain or latency, and CONFIG is JSON. Modules are found through
// NODE_PATH. It says {"ready":true} once everything is loaded and connected as far
// as its library allows, begins with the first byte on standard input, and answers
// one JSON object.
'use strict';

const [who, mode, text] = process.argv.slice(2);
const config = JSON.parse(text);
const QUEUE = 'noop';

const now = () => performance.timeOrigin + performance.now();
const nap = (ms) => new Promise((done) => setTimeout(done, ms));
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const go = () => new Promise((begin) => {
	process.stdin.once('data', begin);
	say({ ready: true });
});

// Producers share the batches; each sends one after the other.
async function enqueue(send) {
	const batches = config.jobs / config.batch;
	let next = 0;
	const producer = async () => {
		while (next < batches) {
			const first = next++ * config.batch;
			await send(Array.from({ length: config.batch }, (_, i) => ({ n: first + i })));
		}
	};
	await Promise.all(Array.from({ length: config.producers }, producer));
}

// Jobs one by one into an idle queue; arrivals is filled by the handler.
async function latency(send, arrivals) {
	const waits = [];
	for (let n = 0; n < config.samples; n++) {
		await nap(config.gap_ms * (0.5 + Math.random()));
		const begin = now();
		const start = new Promise((done) => { arrivals[n] = done; });
		await send({ n });
		waits.push(await start - begin);
		delete arrivals[n];
	}
	return { waits_ms: waits };
}

async function graphile() {
	const lib = require('graphile-worker');
	const preset = {
		worker: {
			connectionString: config.url,
			concurrentJobs: config.concurrent,
			maxPoolSize: config.concurrent + 1,
			logger: new lib.Logger(() => () => {}),
			...config.options,
		},
	};
	if (mode === 'drain') {
		await go();
		await lib.runOnce({ preset, taskList: { [QUEUE]: async () => {} } });
		return {};
	}
	const utils = await lib.makeWorkerUtils({ preset });
	if (mode === 'setup') {
		await utils.migrate();
	} else if (mode === 'enqueue') {
		await go();
		await enqueue((rows) => utils.addJobs(
			rows.map((payload) => ({ identifier: QUEUE, payload }))));
	} else {
		const arrivals = {};
		const runner = await lib.run({ preset, taskList: {
			[QUEUE]: async (payload) => { arrivals[payload.n](now()); } } });
		await go();
		const answer = await latency((payload) => utils.addJob(QUEUE, payload), arrivals);
		await runner.stop();
		await utils.release();
		return answer;
	}
	await utils.release();
	return {};
}

async function pgboss() {
	const lib = require('pg-boss');
	const PgBoss = lib.PgBoss || lib;
	const boss = new PgBoss({ connectionString: config.url, max: config.pool,
		supervise: false, schedule: false });
	boss.on('error', (err) => { throw err; });
	await boss.start();
	let answer = {};
	if (mode === 'setup') {
		await boss.createQueue(QUEUE);
	} else if (mode === 'enqueue') {
		await go();
		await enqueue((rows) => boss.insert(rows.map((data) => ({ name: QUEUE, data }))));
	} else if (mode === 'drain') {
		const fetcher = async () => {
			for (;;) {
				const jobs = await boss.fetch(QUEUE, { batchSize: config.batch });
				if (!jobs || jobs.length === 0) {
					return;
				}
				await boss.complete(QUEUE, jobs.map((job) => job.id));
			}
		};
		await go();
		await Promise.all(Array.from({ length: config.fetchers }, fetcher));
	} else {
		const arrivals = {};
		await boss.work(QUEUE, config.options, async (jobs) => {
			for (const job of jobs) {
				arrivals[job.data.n](now());
			}
		});
		await go();
		answer = await latency((data) => boss.send(QUEUE, data), arrivals);
	}
	await boss.stop({ graceful: false, wait: false });
	return answer;
}

// Whatever a library keeps open ends with the process; the answer is complete.
({ graphile, pgboss })[who]().then((answer) => {
	process.stdout.write(JSON.stringify({ done: true, ...answer }) + '\n', () => process.exit(0));
}, (err) => {
	process.stderr.write(String(err && err.stack || err) + '\n', () => process.exit(1));
});
