/** Style sheets are gathered by the bundler; they bring nothing to the script. */
declare module '*.css';
