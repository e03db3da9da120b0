/** The bundler collects style sheets; they export nothing. */
declare module '*.css';
