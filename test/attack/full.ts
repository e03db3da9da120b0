// Loaded first by `npm run attack`.
process.env.ATTACK_SCALE = 'full';
