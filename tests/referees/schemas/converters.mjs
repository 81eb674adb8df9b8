// Our tools through the converters that programs of others use, as far as the request that would go to the provider:
// each schema of it is judged by rules.mjs. Nothing leaves this machine. Started by schemas.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { claim, end, note } from '../stage/claims.mjs';
import * as rules from './rules.mjs';

const tools = JSON.parse(readFileSync(process.env.TOOLS, 'utf8'));
const copy = () => structuredClone(tools);
const question = 'Which mail came today?';

// The provider: keeps the request and has nothing to say.
let request;
globalThis.fetch = async (url, options) => {
  request = JSON.parse(options.body);
  const answer = { candidates: [{ content: { role: 'model', parts: [{ text: '{}' }] }, finishReason: 'STOP' }],
                   usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } };
  return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } });
};
const functions = () => request.tools.flatMap((tool) => tool.functionDeclarations);

const none = (faults) => assert.deepEqual(faults, []);
const all = (made) => assert.deepEqual(made.map((one) => one.name), tools.map((one) => one.name));

function judgeGemini(made) {
  all(made);
  const faults = [];
  for (const one of made) {
    faults.push(...rules.geminiName(one.name));
    if (one.parameters) faults.push(...rules.geminiSchema(one.parameters, one.name));
    if (one.response) faults.push(...rules.geminiSchema(one.response, `${one.name} answers`, true));
    if (one.parametersJsonSchema) faults.push(...rules.geminiJsonSchema(one.parametersJsonSchema, one.name));
    if (one.responseJsonSchema) faults.push(...rules.geminiJsonSchema(one.responseJsonSchema, `${one.name} answers`));
  }
  none(faults);
}

await claim('the rules find what made Gemini and OpenAI refuse a request', () => {
  const bad = { type: 'object', properties: { to: { type: ['array', 'string'], items: { type: 'string' } } } };
  assert.equal(rules.geminiSchema(bad, 'x').length, 1);
  assert.notEqual(rules.geminiJsonSchema(bad, 'x').length, 0);
  assert.notEqual(rules.openaiStrictSchema(bad, 'x').length, 0);
  const open = { type: 'object', properties: { any: { type: 'object' }, list: { type: 'array' }, $x: { $schema: 'y' } } };
  assert.equal(rules.geminiSchema(open, 'x').length, 4);
});

const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
const vercel = createGoogleGenerativeAI({ apiKey: 'none', fetch: globalThis.fetch })('gemini-2.5-flash');
const prompt = [{ role: 'user', content: [{ type: 'text', text: question }] }];

await claim('Gemini by @ai-sdk/google takes every tool', async () => {
  await vercel.doGenerate({ prompt, tools: copy().map((one) => ({ type: 'function', ...one })) });
  judgeGemini(functions());
});
await claim('Gemini by @ai-sdk/google takes every answer as the form of its own', async () => {
  const faults = [];
  for (const { name, outputSchema } of copy()) {
    await vercel.doGenerate({ prompt, responseFormat: { type: 'json', schema: outputSchema } });
    const { responseSchema, responseJsonSchema } = request.generationConfig;
    if (responseSchema) faults.push(...rules.geminiSchema(responseSchema, name, true));
    else faults.push(...rules.geminiJsonSchema(responseJsonSchema, name));
  }
  none(faults);
});

const { ChatGoogleGenerativeAI } = await import('@langchain/google-genai');
const langchain = new ChatGoogleGenerativeAI({ model: 'gemini-2.5-flash', apiKey: 'none' });
const bound = async (key, named) => {
  const given = copy().map((one) => ({ name: one.name, description: one.description, schema: one[key] }));
  await langchain.bindTools(given).invoke(question);
  all(functions());
  return functions().filter((one) => one.parameters).flatMap((one) => named(one));
};

await claim('Gemini by @langchain/google-genai takes every tool', async () => {
  none(await bound('inputSchema', (one) => [...rules.geminiName(one.name), ...rules.geminiSchema(one.parameters, one.name)]));
});
await claim('Gemini by @langchain/google-genai takes every answer', async () => {
  none(await bound('outputSchema', (one) => rules.geminiSchema(one.parameters, one.name, true)));
});

const { GoogleGenAI, mcpToTool } = await import('@google/genai');
const google = new GoogleGenAI({ apiKey: 'none' });
const generate = (config) => google.models.generateContent({ model: 'gemini-2.5-flash', contents: question, config });

await claim('Gemini by @google/genai takes every tool and answer, as a function of ours', async () => {
  const functionDeclarations = copy().map((one) => ({ name: one.name, description: one.description,
                                                      parameters: one.inputSchema, response: one.outputSchema }));
  await generate({ tools: [{ functionDeclarations }] });
  judgeGemini(functions());
});
await claim('Gemini by @google/genai takes every tool and answer, as those of an MCP server', async () => {
  const client = { listTools: async () => ({ tools: copy() }), callTool: async () => ({ content: [] }) };
  await generate({ tools: [mcpToTool(client)], automaticFunctionCalling: { disable: true } });
  judgeGemini(functions());
});

const { mcpToFunctionTool } = await import('@openai/agents');
const server = { name: 'gmail-mcp', callTool: async () => [] };

await claim('OpenAI by @openai/agents takes every tool as strict', () => {
  const made = copy().map((one) => mcpToFunctionTool(one, server, true));
  all(made);
  assert.deepEqual(made.filter((one) => !one.strict).map((one) => one.name), []);
  none(made.flatMap((one) => [...rules.openaiName(one.name), ...rules.openaiStrictSchema(one.parameters, one.name)]));
});
await claim('OpenAI by @openai/agents takes every tool that is not strict', () => {
  const made = copy().map((one) => mcpToFunctionTool(one, server, false));
  none(made.flatMap((one) => rules.openaiSchema(one.parameters, one.name)));
});
await claim('OpenAI by @openai/agents takes every answer, strict where it says all that is in it', () => {
  // It warns of each open object that it cannot be strict.
  const { warn } = console;
  console.warn = () => {};
  const made = copy().map((one) => mcpToFunctionTool({ ...one, inputSchema: one.outputSchema }, server, true));
  console.warn = warn;
  none(made.flatMap((one) => (one.strict ? rules.openaiStrictSchema : rules.openaiSchema)(one.parameters, one.name)));
});

const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
const toolsets = JSON.parse(readFileSync(process.env.TOOLSETS, 'utf8'));
const cost = (wanted) => tools.filter((one) => wanted(toolsets[one.name]))
  .map((one) => encode(one.name + one.description + JSON.stringify(one.inputSchema)).length)
  .reduce((sum, one) => sum + one, 0);

const listed = cost((toolset) => toolset !== 'setup');
const mail = cost((toolset) => ['read', 'write', 'organize'].includes(toolset));
const whole = cost(() => true);
note(`the list of tools costs ${listed} tokens of o200k without setup, ${mail} of them for mail; ${whole} with setup`);
await claim('all toolsets but setup cost less than 8,000 tokens', () => assert.ok(listed < 8_000, String(listed)));
await claim('the tools for mail cost at most 4,500 tokens', () => assert.ok(mail <= 4_500, String(mail)));
await claim('the whole list costs at most 9,000 tokens', () => assert.ok(whole <= 9_000, String(whole)));
end();
