import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';

interface Service {
  [key: string]: unknown;
  image?: string;
  build?: { dockerfile: string };
  ports?: string[];
  environment?: Record<string, string>;
  command?: string | string[];
  tmpfs?: string[];
  volumes?: string[];
  networks?: string[];
}

const { services, networks } = parse(readFileSync('docker-compose.yml', 'utf8'), {
  merge: true,
}) as { services: Record<string, Service>; networks: Record<string, { internal?: boolean }> };

/** An image of one version, down to the last number, from which it can be built again; or of one content. */
const PINNED = /^[a-z0-9./-]+(:v?\d+\.\d+\.\d+(-[a-z0-9.-]+)?|@sha256:[0-9a-f]{64})$/;

/** An amount that may be chosen: a variable with a default. */
const MEMORY = /^(\$\{[A-Z_]+:-)?[1-9]\d*[mg]\}?$/;

/** What holds for every service: each check says what is wrong, or nothing. */
const CHECKS: Record<string, (service: Service) => boolean> = {
  'has a limit of memory': ({ mem_limit }) => MEMORY.test(String(mem_limit)),
  'has a limit of processes': ({ pids_limit }) => Number(pids_limit) > 0,
  'has a read-only file system': ({ read_only }) => read_only === true,
  'has no capability': ({ cap_drop, cap_add }) =>
    String(cap_drop) === 'ALL' && cap_add === undefined,
  'gains no privilege': ({ security_opt, privileged }) =>
    String(security_opt) === 'no-new-privileges:true' && privileged === undefined,
  'shares nothing of the machine': ({ network_mode, pid, ipc, devices, volumes = [] }) =>
    [network_mode, pid, ipc, devices].every((shared) => shared === undefined) &&
    volumes.every((volume) => /^[a-z-]+:\/|^\.\/deploy\/.*:ro$/.test(volume)),
  'is open to this machine only': ({ ports = [] }) =>
    ports.every((port) => /^127\.0\.0\.1:\d+:\d+$/.test(port)),
  'is of one version': ({ image, build }) =>
    build === undefined ? PINNED.test(image ?? '') : image === undefined,
  'starts again by itself': ({ restart }) => restart === 'unless-stopped',
  'says when it can be used': ({ healthcheck }) => healthcheck !== undefined,
  'has no password in the file': ({ environment = {} }) =>
    Object.entries(environment).every(
      ([name, value]) =>
        !/PASS|SECRET|TOKEN|KEY|RABBITMQ_URL/.test(name) ||
        /^\$\{[A-Z_]+(:-|:\?[^}]*)?\}$/.test(value),
    ),
};

describe('docker-compose.yml', () => {
  it('has all services', () => {
    const names = ['redis', 'es', 'uss', 'rabbitmq', 'prometheus', 'grafana'];
    expect(Object.keys(services)).to.have.members(names);
  });

  for (const [name, service] of Object.entries(services)) {
    for (const [what, holds] of Object.entries(CHECKS)) {
      it(`has a service ${name} that ${what}`, () => {
        expect(holds(service)).to.equal(true);
      });
    }
  }

  it('lets nobody but ES reach Redis', () => {
    expect(services.redis?.ports).to.equal(undefined);
    expect(services.redis?.networks).to.deep.equal(['storage']);
    expect(networks.storage?.internal).to.equal(true);
    const reaching = Object.entries(services).filter(([, one]) =>
      one.networks?.includes('storage'),
    );
    expect(reaching.map(([name]) => name)).to.have.members(['redis', 'es']);
  });

  it('starts no RabbitMQ without a password, which would be guest', () => {
    const { command = [], volumes } = services.rabbitmq as Service;
    const [shell = '', option = '', line = ''] = command;
    const start = (password: string) =>
      spawnSync(
        shell,
        [option, line.replaceAll('$$', '$').replace('exec rabbitmq-server', 'echo started')],
        { encoding: 'utf8', env: { RABBITMQ_DEFAULT_PASS: password } },
      );
    expect(start('').stderr).to.contain('set RABBITMQ_PASSWORD');
    expect(start('').status).not.to.equal(0);
    expect(start('one of ours').stdout).to.equal('started\n');
    expect(volumes).to.contain(
      './deploy/rabbitmq/90-hardened.conf:/etc/rabbitmq/conf.d/90-hardened.conf:ro',
    );
    expect(readFileSync('deploy/rabbitmq/90-hardened.conf', 'utf8')).to.match(
      /^loopback_users\.guest = true$/m,
    );
    const settings = readFileSync('deploy/rabbitmq.env', 'utf8').split('\n');
    const urls = settings.filter((line) => /^[A-Z_]+=.*(amqp|PASSWORD)/.test(line));
    expect(urls).to.have.length(1);
    expect(urls[0]).to.match(
      /^RABBITMQ_URL=amqp:\/\/segments:\$\{RABBITMQ_PASSWORD:\?[^}]+\}@rabbitmq:5672$/,
    );
  });

  it('lets people look at Grafana, and nobody sign in or change it', () => {
    expect(services.grafana?.environment).to.include({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_BASIC_ENABLED: 'false',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
  });
});

describe('What images and CI are built from', () => {
  for (const file of ['Dockerfile.es', 'Dockerfile.uss']) {
    it(`is of one version in ${file}, and runs as nobody of importance`, () => {
      const lines = readFileSync(file, 'utf8').split('\n');
      const bases = lines
        .filter((line) => line.startsWith('FROM '))
        .map((line) => line.split(' ')[1]);
      expect(bases.length).to.be.at.least(2);
      for (const base of bases) expect(base).to.match(PINNED);
      expect(new Set(bases).size).to.equal(1);
      expect(lines).to.contain('USER node');
    });
  }

  for (const file of readdirSync('.github/workflows')) {
    it(`is one commit each in ${file}, which may read and nothing else`, () => {
      const text = readFileSync(`.github/workflows/${file}`, 'utf8');
      const workflow = parse(text);
      expect(workflow.permissions).to.deep.equal({ contents: 'read' });
      expect(workflow.on).not.to.have.any.keys('pull_request_target', 'workflow_run');
      const uses = text.split('\n').filter((line) => /\buses:/.test(line));
      expect(uses.length).to.be.above(0);
      for (const line of uses)
        expect(line).to.match(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      for (const { permissions, steps } of Object.values<{
        permissions?: unknown;
        steps: { uses?: string; with?: object }[];
      }>(workflow.jobs)) {
        expect(permissions).to.equal(undefined);
        for (const step of steps) {
          if (!step.uses?.startsWith('actions/checkout@')) continue;
          expect(step.with).to.include({ 'persist-credentials': false });
        }
      }
    });
  }
});
