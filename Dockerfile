# Two images from one file: `docker build --target bot .` and `docker build --target nlu .`; compose.yaml runs both.
# The bot: supported Python, secrets, database. The NLU server: Rasa's old pins, no secret, no database.

FROM python:3.11-slim AS bot
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HEARTS_HOME=/data ENCRYPTION_KEY_FILE=/key/encryption.key
RUN useradd --create-home --uid 10001 hearts && install -d -o hearts -m 700 /data /key
WORKDIR /app
COPY requirements-uv.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && uv pip install --system --no-cache --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY dialogues dialogues
COPY nlu/__init__.py nlu/client.py nlu/
COPY data/helplines.yaml data/
# No editable install and no build step: the project is the folder itself, and `python -m bot` its entry.
USER hearts
VOLUME ["/data", "/key"]
EXPOSE 8443
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]

FROM python:3.10-slim AS nlu
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 LOG_LEVEL=ERROR LOG_LEVEL_LIBRARIES=ERROR
RUN useradd --create-home --uid 10002 nlu && install -d -o nlu /app/nlu/models
WORKDIR /app/nlu
COPY requirements-uv.lock nlu/requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && uv pip install --system --no-cache --no-deps --require-hashes -r requirements.lock
COPY nlu/config.yml ./
COPY nlu/components components
COPY data/nlu /app/data/nlu
USER nlu
# The model is trained into the image: every container of it answers alike.
RUN rasa train nlu --config config.yml --nlu /app/data/nlu --out models --fixed-model-name nlu
# For serving, not for training: one message is too little to share out among threads.
ENV TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1
EXPOSE 5005
# The token comes from the environment, so that it stands in no layer; the network is compose's private one.
CMD ["sh", "-c", "exec rasa run --enable-api --port 5005 --model models/nlu.tar.gz --auth-token \"$NLU_TOKEN\""]
